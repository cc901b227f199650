// How values are shown: times, durations, pages, names. All in the language of the screen.
import type { VisitorCard } from '@router/protocol/agent';
import type { Language } from './language.svelte.ts';

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;

/** From when on a wait is shown as long, and as too long. */
const LONG_WAIT_S = 30;
const TOO_LONG_WAIT_S = 120;

/** `0:42`, `12:05`, `1:02:03`: the time from an instant of the wire to now. */
export function elapsed(since: string, now: number): string {
  return duration(secondsSince(since, now));
}

export function duration(seconds: number): string {
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / HOUR_S);
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
  const rest = twoDigits(seconds % MINUTE_S);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
}

export function secondsSince(since: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(since)) / SECOND_MS));
}

/** How urgent a wait is. */
export function urgency(since: string, now: number): 'calm' | 'long' | 'too-long' {
  const waited = secondsSince(since, now);
  if (waited >= TOO_LONG_WAIT_S) {
    return 'too-long';
  }
  return waited >= LONG_WAIT_S ? 'long' : 'calm';
}

/** `14:02`, with the day when it was not today. */
export function timeOfDay(at: string, now: number, language: Language): string {
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date(now).toDateString();
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  return moment.toLocaleString(language, isToday ? time : { day: 'numeric', month: 'short', ...time });
}

/** Path and query of a page; the address itself where it is none. */
export function pageName(url: string): string {
  if (!URL.canParse(url)) {
    return url;
  }
  const { pathname, search } = new URL(url);
  try {
    return decodeURI(pathname) + search;
  } catch {
    return pathname + search; // not everything that is escaped is text
  }
}

/** The visitor's name; where nobody knows it, the same short word each time tells her from others. */
export function visitorName(card: Pick<VisitorCard, 'id' | 'name' | 'customer'>, unnamed: string): string {
  return card.name ?? card.customer ?? `${unnamed} ${card.id.slice(-4)}`;
}

/** A number with its unit; an amount of money where the unit is a currency. */
export function quantity(value: number, unit: string | null, language: Language): string {
  if (unit !== null && /^[A-Z]{3}$/.test(unit)) {
    return value.toLocaleString(language, { style: 'currency', currency: unit });
  }
  const number = value.toLocaleString(language);
  return unit === null ? number : `${number}\u00a0${unit}`;
}

export function languageName(code: string, language: Language): string {
  return named('language', code, language);
}

export function countryName(code: string, language: Language): string {
  return named('region', code, language);
}

/** The name of a code; the code itself where it is no such code. */
function named(type: 'language' | 'region', code: string, language: Language): string {
  try {
    return new Intl.DisplayNames(language, { type }).of(code) ?? code;
  } catch {
    return code;
  }
}
