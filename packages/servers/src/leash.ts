import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Child } from './child.ts'

// Waits for the end of its input, which comes when the parent is gone, kill -9 included. The process is looked at once
// more before it is ended: by then its number may belong to somebody else.
const WATCH = `
while read -r _; do :; done
args=$(tr '\\0' ' ' <"/proc/$1/cmdline" 2>/dev/null || ps -ww -o command= -p "$1" 2>/dev/null)
case "$args" in
  *"$2"*)
    kill -INT "$1"
    tries=0
    while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -KILL "$1" 2>/dev/null
    ;;
esac
rm -rf "$3"
`

/**
 * Ties a throw-away server to this process: when this process dies without stopping it, a watcher ends the server. Its
 * folder is removed with it either way. `mark` is a part of the server's command line.
 */
export function leash(child: Child, mark: string, dir: string): Child {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'skald-leash', String(child.pid), mark, dir], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.on('error', () => undefined)
  watcher.unref()
  const { stdin } = watcher
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
  const stop = async () => {
    await child.stop()
    watcher.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
  return { ...child, stop }
}
