// A connection to Redis that sends what one turn of the event loop asks for in one write. The jobs of a batch are done in the
// same moment, and a write for each of them costs both ends as much as the work itself.
import { Redis } from 'ioredis';

type SendCommand = Redis['sendCommand'];

/** ioredis in everything but when it writes: as soon as the turn is over, and no later. */
export class BurstRedis extends Redis {
  #isHeld = false;

  override sendCommand(...[command, stream]: Parameters<SendCommand>): ReturnType<SendCommand> {
    if (!this.#isHeld && this.stream?.writable) this.#holdForThisTurn(this.stream);
    return super.sendCommand(command, stream);
  }

  /** The stream that was held is let go, though another may have come in its place. */
  #holdForThisTurn(stream: Redis['stream']): void {
    this.#isHeld = true;
    stream.cork();
    process.nextTick(() => {
      this.#isHeld = false;
      stream.uncork();
    });
  }
}
