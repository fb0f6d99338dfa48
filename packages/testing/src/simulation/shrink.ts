/**
 * The few of a list that are needed: takes away halves, then quarters, and so on down to single ones, as long as what is
 * left still fails. `fails` is asked at most `maxTries` times; what is left by then is the answer.
 */
export const shrink = async <T>(
  all: readonly T[],
  fails: (left: readonly T[]) => Promise<boolean>,
  maxTries = 200,
): Promise<readonly T[]> => {
  let left = all
  let tries = 0
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < left.length; ) {
      if (tries++ >= maxTries) return left
      const without = [...left.slice(0, at), ...left.slice(at + size)]
      if (await fails(without)) left = without
      else at += size
    }
  }
  return left
}
