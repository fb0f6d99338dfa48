/** Lets time pass while an answer is waited for. */
export const answered = async <T>(asked: Promise<T>, step: () => Promise<unknown>): Promise<T> => {
  let isOpen = true
  const close = (): void => {
    isOpen = false
  }
  asked.then(close, close)
  while (isOpen) await step()
  return asked
}
