// In which language the widget speaks. Each has its words in a file of its own: a visitor needs only one of them.

export type Texts = typeof import('./texts/english.ts').texts;

/** The file with the words of a language; English where we have none. */
export function wordsOf(language: string): 'french' | 'english' {
  return language === 'fr' ? 'french' : 'english';
}
