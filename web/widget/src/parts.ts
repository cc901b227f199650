// What not everybody needs is not in the widget's file: it is loaded from beside it, when it is needed.

/** What the visitor does in a part. */
export interface PartEvents {
  /** She left a question, to be answered later. */
  left(word: { text: string; email: string; name: string }): void;
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
