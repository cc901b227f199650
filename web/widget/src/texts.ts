// In which language the widget speaks. Each has its words in a file of its own: a visitor needs only one of them.

export type Texts = typeof import('./texts/english.ts').texts;

/** The language in which the visitor is spoken to, as the server chooses it: hers if the site has it, else its first. */
export function languageFor(wanted: string, languages: string[]): string {
  const primary = wanted.toLowerCase().split('-')[0] ?? '';
  return languages.includes(primary) ? primary : (languages[0] ?? primary);
}

/** The file with the words of a language; English where we have none. */
export function wordsOf(language: string): 'french' | 'english' {
  return language === 'fr' ? 'french' : 'english';
}
