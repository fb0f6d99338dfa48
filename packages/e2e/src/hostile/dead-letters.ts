import { z } from 'zod'
import { call } from '../http.ts'

const letter = z.object({
  id: z.string(),
  service: z.string(),
  subject: z.string(),
  messageId: z.string().optional(),
  type: z.string().optional(),
  reason: z.string(),
  detail: z.string(),
  payload: z.string(),
})
const page = z.object({ items: z.array(letter), nextCursor: z.string().optional() })

export type Letter = z.infer<typeof letter>

/** Every dead letter that the coordinator lists, over all pages. */
export const allDeadLetters = async (coordinatorUrl: string): Promise<readonly Letter[]> => {
  const letters: Letter[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const url: string = `${coordinatorUrl}/dead-letters?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`
    const { status, body } = await call(url)
    if (status !== 200) throw new Error(`GET ${url} answered ${status} ${JSON.stringify(body)}`)
    const { items, nextCursor } = page.parse(body)
    letters.push(...items)
    cursor = nextCursor
  }
  return letters
}
