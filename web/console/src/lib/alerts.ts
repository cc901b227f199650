// What makes a person look: a short sound, and a notification of the system while the desk is out of sight.

const KEY = 'router.sound';
const TONES_HZ = [660, 880];
const TONE_S = 0.09;
const VOLUME = 0.06;

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

/** Show a notification while the desk is out of sight; a click brings it back. One a conversation. */
export function notify(title: string, conversation: string, open: () => void): void {
  if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') {
    return;
  }
  const notification = new Notification(title, { tag: conversation });
  notification.onclick = () => {
    window.focus();
    open();
    notification.close();
  };
}
