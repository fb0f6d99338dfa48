import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '@skald/testing'

/** More than the databases of the longest run; memory is taken only for what is written. */
const SIZE = '8g'

const run = promisify(execFile)

const mount = (dir: string): Promise<unknown> =>
  run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'skald-chaos', dir])

/** Why there can be no bounded disk here; undefined when there can. */
export const whyNoBoundedDisk = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return 'it takes a tmpfs, which only Linux has'
  if (process.getuid?.() !== 0) return 'only root may mount a file system of bounded size'
  const dir = mkdtempSync(join(tmpdir(), 'skald-disk-'))
  try {
    await mount(dir)
    await run('umount', [dir])
    return undefined
  } catch (error) {
    return `mount -t tmpfs failed: ${String(error).trim()}`
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A file system for the database's data alone, which can be made full: no byte more fits than is in it. */
export class BoundedDisk {
  readonly #dir: string

  private constructor(dir: string) {
    this.#dir = dir
  }

  static async mount(dir: string): Promise<BoundedDisk> {
    mkdirSync(dir, { recursive: true })
    await mount(dir)
    return new BoundedDisk(dir)
  }

  async fill(): Promise<void> {
    // Refused when the database has grown between the look and the mount.
    await eventually(() => this.#resize(`${this.#usedBytes()}`))
  }

  free(): Promise<void> {
    return this.#resize(SIZE)
  }

  async unmount(): Promise<void> {
    await run('umount', [this.#dir])
  }

  #usedBytes(): number {
    const { blocks, bfree, bsize } = statfsSync(this.#dir)
    return (blocks - bfree) * bsize
  }

  async #resize(size: string): Promise<void> {
    await run('mount', ['-o', `remount,size=${size}`, this.#dir])
  }
}
