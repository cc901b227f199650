// The widget's own words, in the languages that it has. What the site wrote in its templates comes first.

const ENGLISH = {
  openChat: 'Open the chat',
  chat: 'Chat',
  hello: 'Hello',
  canWeHelp: 'Can we help you?',
  accept: 'Yes, please',
  refuse: 'No, thank you',
  minimise: 'Minimise the chat',
  close: 'Close the chat',
  placeholder: 'Write a message…',
  message: 'Your message',
  send: 'Send',
  sending: 'Sending',
  stored: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Not sent',
  tryAgain: 'Try again',
  you: 'You',
  adviser: 'Adviser',
  ask: 'Ask us anything.',
  connecting: 'No connection: what you write is kept and sent as soon as it is back.',
  looking: 'We are looking for an adviser…',
  lookingForAnother: 'We are looking for another adviser…',
  position: (position: number) => (position === 1 ? 'You are next.' : `You are number ${position} in the line.`),
  wait: (minutes: number) => (minutes <= 1 ? 'It takes about a minute.' : `It takes about ${minutes} minutes.`),
  withYou: (name: string) => `${name} is with you.`,
  lost: (name: string) => `The connection with ${name} is lost. If it does not come back, another adviser goes on.`,
  nobody: 'Nobody can answer at the moment.',
  ended: 'The conversation has ended. Write to go on with it.',
  isTyping: (name: string) => `${name} is writing`,
  unread: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
  end: 'End the conversation',
  transcript: 'Save the conversation',
  leaveWord: 'Leave us a message',
};

export type Texts = typeof ENGLISH;

const FRENCH: Texts = {
  openChat: 'Ouvrir la discussion',
  chat: 'Discussion',
  hello: 'Bonjour',
  canWeHelp: 'Pouvons-nous vous aider ?',
  accept: 'Volontiers',
  refuse: 'Non merci',
  minimise: 'Réduire la discussion',
  close: 'Fermer la discussion',
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
  connecting: 'Pas de connexion : ce que vous écrivez est gardé et partira dès son retour.',
  looking: 'Nous cherchons un conseiller…',
  lookingForAnother: 'Nous cherchons un autre conseiller…',
  position: (position) =>
    position === 1 ? 'Vous êtes le prochain.' : `Vous êtes en position ${position} dans la file.`,
  wait: (minutes) => (minutes <= 1 ? 'Environ une minute d’attente.' : `Environ ${minutes} minutes d’attente.`),
  withYou: (name) => `${name} est avec vous.`,
  lost: (name) => `La connexion avec ${name} est perdue. Sans retour, un autre conseiller prend la suite.`,
  nobody: 'Personne ne peut répondre pour le moment.',
  ended: 'La discussion est terminée. Écrivez pour la reprendre.',
  isTyping: (name) => `${name} écrit`,
  unread: (count) => (count === 1 ? '1 nouveau message' : `${count} nouveaux messages`),
  end: 'Terminer la discussion',
  transcript: 'Enregistrer la discussion',
  leaveWord: 'Laissez-nous un message',
};

/** The language in which the visitor is spoken to, as the server chooses it: hers if the site has it, else the site's first. */
export function languageFor(wanted: string, languages: string[]): string {
  const primary = primaryLanguage(wanted);
  return languages.includes(primary) ? primary : (languages[0] ?? primary);
}

/** The words of a language; English where we have none. */
export function textsIn(language: string): Texts {
  return primaryLanguage(language) === 'fr' ? FRENCH : ENGLISH;
}

function primaryLanguage(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}
