import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { type System, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageOf, repository, type Shown, shownIn } from './page.ts'

const LIMIT = { timeout: 120_000 }
const page = pageOf('docs/tutorial.md')

/** Less indented, code has other line breaks; nothing else of it may differ. */
const withoutBreaks = (code: string): string => code.replace(/\s+/g, '').replace(/,(?=[)\]}]|$)/g, '')

describe('docs/tutorial.md', () => {
  const blocks = [...page.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```/gms)].map(
    ([, language = '', path = '', code = '']) => [language, path, code] as const,
  )
  const code = blocks.filter(([language]) => language !== 'sh')

  it('shows code of this repository alone, each block under the name of its file', () => {
    expect(code.length).toBeGreaterThan(10)
    expect(code.filter(([, path]) => path === '')).toEqual([])
  })

  it.each(code)('shows %s of %s as it is', (_language, path, shown) => {
    expect(withoutBreaks(pageOf(path))).toContain(withoutBreaks(shown))
  })

  it('names tests and scripts that exist', () => {
    const commands = [...page.matchAll(/^\.\/scripts\/(\w+)(?: (\w\S*))?/gm)]
    expect(commands.length).toBeGreaterThan(3)
    for (const [, script = '', path] of commands) {
      expect(existsSync(join(repository, 'scripts', script))).toBe(true)
      if (path) expect(globSync([`${path}*.test.ts`, `${path}/**/*.test.ts`], { cwd: repository })).not.toEqual([])
    }
  })

  describe('on a system of its own', () => {
    let system: System
    beforeAll(async () => {
      // As it is shown, only that deadlines do not keep the test waiting.
      system = await startSystem({ examples: true, env: { SAGA_NUDGE_AFTER_MS: '500' } })
    }, 240_000)
    afterAll(async () => {
      await system?.stop()
    }, 120_000)

    const send = async ({ url, method, headers, body }: Shown, ids: Readonly<Record<string, unknown>>) => {
      const places: Readonly<Record<string, string>> = { 3007: system.urls.coordinator, 3008: system.tripUrl }
      const here = url
        .replace(/^http:\/\/localhost:(\d+)/, (_, port: string) => places[port] ?? `no service is at ${port}`)
        .replace(/<(\w+)>/, (_, name: string) => String(ids[name]))
      const answer = await fetch(here, { method, headers, body: body ?? null })
      const text = await answer.text()
      expect({ here, text, ok: answer.ok }).toEqual({ here, text, ok: true })
      return text
    }

    it('every command answers what is promised beside it, one after the other', LIMIT, async () => {
      const commands = shownIn(page)
      expect(commands.length).toBeGreaterThan(10)
      let ids: Readonly<Record<string, unknown>> = {}
      for (const shown of commands) {
        const looks = async () => {
          const text = await send(shown, ids)
          for (const promised of shown.promised) expect(text).toContain(promised)
          return text
        }
        // What changes something is sent once; what only looks may be too early.
        const text = shown.method === 'GET' ? await eventually(looks, { timeoutMs: 30_000 }) : await looks()
        ids = { ...ids, ...(JSON.parse(text) as object) }
      }
      const { violations, sagas } = await system.verify()
      expect({ violations, sagas }).toEqual({ violations: [], sagas: { COMPLETED: 1, COMPENSATED: 3 } })
    })
  })
})
