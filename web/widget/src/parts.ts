// What not everybody needs is not in the widget's file: it is loaded from beside it, when it is needed.

/** A question to be answered later, and to whom. */
export interface Question {
  text: string;
  email: string;
  name: string;
}

/** What the visitor does in a part. */
export interface PartEvents {
  /** What she wrote of it so far. */
  question(): Question;
  asking(question: Question): void;
  /** She left it; `stored` is called once the server has it. */
  left(question: Question, stored: () => void): void;
  /** She said how the conversation was. */
  rated(score: number, comment: string): void;
}

export type DrawPart = (language: string, events: PartEvents) => HTMLElement;

interface Parts {
  english: typeof import('./texts/english.ts');
  french: typeof import('./texts/french.ts');
  invitation: typeof import('./parts/invitation.ts');
  offline_form: typeof import('./parts/offline_form.ts');
  rating: typeof import('./parts/rating.ts');
  transcript: typeof import('./parts/transcript.ts');
}

/** The fingerprint of each part's content, which is in the name of its file: written here by the build. */
declare const FINGERPRINTS: Record<keyof Parts, string>;

let base = location.href;

/** Parts lie beside this file. */
export function loadPartsFrom(widgetUrl: string): void {
  base = widgetUrl;
}

export function load<Name extends keyof Parts>(name: Name): Promise<Parts[Name]> {
  return import(new URL(`widget/${name}-${FINGERPRINTS[name]}.js`, base).href);
}
