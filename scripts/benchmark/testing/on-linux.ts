/** For `describe.each`: what reads /proc has nothing to read elsewhere, and bench says so before it starts anything. */
export const onLinux: readonly string[] = process.platform === 'linux' ? ['Linux'] : []
