// What makes a person look: a short sound, and a notification of the system while she works in another window.

const KEY = 'router.sound';
const TONES_HZ = [660, 880];
const TONE_S = 0.09;
const VOLUME = 0.06;

/** Tabs that are not in front give way to the one that is; browsers wake those that are hidden once a second. */
const GIVE_WAY_MS = 150;
const CLAIM_MS = 3000;

let audio: AudioContext | null = null;

export function hasSound(): boolean {
  return localStorage.getItem(KEY) !== 'off';
}

export function setSound(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off');
}

/** Two short tones; browsers stay silent until the person has clicked or pressed a key once. */
export function play(): void {
  if (!hasSound()) {
    return;
  }
  audio ??= new AudioContext();
  const volume = new GainNode(audio, { gain: VOLUME });
  volume.connect(audio.destination);
  TONES_HZ.forEach((frequency, index) => {
    const tone = new OscillatorNode(volume.context, { frequency, type: 'sine' });
    const start = volume.context.currentTime + index * TONE_S;
    tone.connect(volume);
    tone.start(start);
    tone.stop(start + TONE_S);
  });
}

/** Whether the person can be asked to allow notifications. */
export function canAsk(): boolean {
  return 'Notification' in window && Notification.permission === 'default';
}

export async function ask(): Promise<void> {
  await Notification.requestPermission();
}

/**
 * Whether this tab is the one that speaks of some news: all tabs of the desk hear of it. Where pages have no locks, as
 * over plain http, each speaks for itself.
 */
export async function claim(news: string): Promise<boolean> {
  if (!('locks' in navigator)) {
    return true;
  }
  if (!document.hasFocus()) {
    await pause(GIVE_WAY_MS);
  }
  return new Promise((resolve) => {
    navigator.locks.request(`router.news.${news}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && pause(CLAIM_MS);
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Show a notification while the desk has not the focus; a click brings it back. One a conversation. */
export function notify(title: string, conversation: string, open: () => void): void {
  if (document.hasFocus() || !('Notification' in window) || Notification.permission !== 'granted') {
    return;
  }
  const notification = new Notification(title, { tag: conversation });
  notification.onclick = () => {
    window.focus();
    open();
    notification.close();
  };
}
