// The present for everything on the screen that counts time, by the server's clock: waits must not depend on this one.

const TICK_MS = 1000;

class Clock {
  /** Milliseconds since 1970. */
  now = $state(Date.now());
  #aheadMs = 0;

  constructor() {
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Go by the server, whose clock showed `serverTime` just now, in whole seconds. */
  follow(serverTime: number): void {
    const ahead = serverTime - Date.now();
    if (Math.abs(ahead) > TICK_MS) {
      this.#aheadMs = ahead;
      this.#tick();
    }
  }

  /** The present as the wire writes instants. */
  instant(): string {
    return new Date(Date.now() + this.#aheadMs).toISOString();
  }

  #tick(): void {
    this.now = Date.now() + this.#aheadMs;
  }
}

export const clock = new Clock();
