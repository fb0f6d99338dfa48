/** Numbers above zero as places on a line, equal factors equally far apart. */
export interface LogScale {
  readonly min: number
  readonly max: number
  readonly at: (value: number) => number
}

const STEPS = [1, 2, 5] as const

/** From the step at or below the least value to the one at or above the greatest. What is not above zero lies at the end. */
export const logScale = (values: readonly number[], [from, to]: readonly [number, number]): LogScale => {
  const positive = values.filter((value) => value > 0)
  const min = positive.length === 0 ? 1 : stepBelow(Math.min(...positive))
  const max = stepAbove(Math.max(...positive, min))
  const span = Math.log(max / min)
  return {
    min,
    max,
    at: (value) => from + (Math.log(Math.max(value, min) / min) / span) * (to - from),
  }
}

/** The steps 1, 2, 5, 10, ... of a scale. */
export const decades = ({ min, max }: LogScale): number[] => {
  const powers = Math.ceil(Math.log10(max / min)) + 2
  const first = Math.floor(Math.log10(min))
  return Array.from({ length: powers }, (_, power) => STEPS.map((step) => tidy(step * 10 ** (first + power))))
    .flat()
    .filter((value) => value >= min && value <= max)
}

const stepBelow = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  return tidy(Math.max(...STEPS.map((step) => step * power).filter((step) => step <= value * 1.000_001)))
}

/** Above, never at: a scale has a length even when all its values are one. */
const stepAbove = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  return tidy([...STEPS, 10].map((step) => step * power).find((step) => step > value * 1.000_001) ?? value)
}

/** 5e-2 times ten is not quite five tenths. */
const tidy = (value: number): number => Number(value.toPrecision(6))
