// The language of the screens: the one chosen before, else the browser's, else English.
import { en } from './texts/en.ts';
import { fr } from './texts/fr.ts';

const LANGUAGES = { en, fr };
export type Language = keyof typeof LANGUAGES;

export const languages: Language[] = ['en', 'fr'];

const KEY = 'router.language';

class Speaker {
  language = $state<Language>(preferred());
  readonly texts = $derived(LANGUAGES[this.language]);

  constructor() {
    document.documentElement.lang = this.language;
  }

  choose(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
    localStorage.setItem(KEY, language);
  }
}

function preferred(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages.map((each) => each.slice(0, 2))];
  return languages.find((language) => language === wanted.find((each) => each === 'en' || each === 'fr')) ?? 'en';
}

export const speaker = new Speaker();
