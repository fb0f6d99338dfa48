const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193
const TWO_TO_THE_32 = 4_294_967_296

/** A number of [0, 1) that is the same for the same text for ever and spread evenly: FNV-1a, then murmur's finalizer, since FNV alone barely mixes the last characters. */
export const fractionOf = (text: string): number => {
  let hash = FNV_OFFSET
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / TWO_TO_THE_32
}
