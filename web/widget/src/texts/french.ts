// The widget's own words in French.

import type { Texts } from '../texts.ts';

export const texts: Texts = {
  openChat: 'Ouvrir la discussion',
  chat: 'Discussion',
  minimise: 'Réduire la discussion',
  placeholder: 'Écrivez un message…',
  message: 'Votre message',
  send: 'Envoyer',
  sending: 'Envoi en cours',
  stored: 'Envoyé',
  delivered: 'Distribué',
  read: 'Lu',
  failed: 'Non envoyé',
  tryAgain: 'Réessayer',
  you: 'Vous',
  adviser: 'Conseiller',
  ask: 'Posez-nous votre question.',
  connecting: 'Connexion perdue : vos messages partiront dès son retour.',
  looking: 'Nous cherchons un conseiller…',
  lookingForAnother: 'Nous cherchons un autre conseiller…',
  position: (position) =>
    position === 1 ? 'Vous êtes le prochain.' : `Vous êtes en position ${position} dans la file.`,
  wait: (minutes) => (minutes <= 1 ? 'Environ une minute d’attente.' : `Environ ${minutes} minutes d’attente.`),
  withYou: (name) => `${name} est avec vous.`,
  lost: (name) => `Connexion avec ${name} perdue : nous cherchons un autre conseiller.`,
  nobody: 'Personne ne peut répondre pour le moment.',
  ended: 'La discussion est terminée. Écrivez pour la reprendre.',
  isTyping: (name) => `${name} écrit`,
  unread: (count) => (count === 1 ? '1 nouveau message' : `${count} nouveaux messages`),
  end: 'Terminer la discussion',
  transcript: 'Enregistrer la discussion',
  leaveWord: 'Laissez-nous un message',
};
