// What is rarely needed is not in the widget's file: it is loaded from beside it, when it is needed.

/** What the visitor does in a part. */
export interface PartEvents {
  /** She left a question, to be answered later. */
  left(word: { text: string; email: string; name?: string }): void;
  /** She said how the conversation was. */
  rated(score: number, comment: string): void;
}

export type DrawPart = (language: string, events: PartEvents) => HTMLElement;

interface Parts {
  offline_form: typeof import('./parts/offline_form.ts');
  rating: typeof import('./parts/rating.ts');
  transcript: typeof import('./parts/transcript.ts');
}

/** The file of each part, with the fingerprint of its content: written here by the build. */
declare const PART_FILES: Record<keyof Parts, string>;

let base = location.href;

/** Parts lie beside this file. */
export function loadPartsFrom(widgetUrl: string): void {
  base = widgetUrl;
}

export function load<Name extends keyof Parts>(name: Name): Promise<Parts[Name]> {
  return import(new URL(PART_FILES[name], base).href);
}
