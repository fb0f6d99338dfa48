const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that a payload is, byte for byte; undefined when it is none, and can never be a message. */
export const textIn = (base64: string): string | undefined => {
  try {
    return utf8.decode(Buffer.from(base64, 'base64'))
  } catch {
    return undefined
  }
}
