import { expect, test } from 'vitest'
import { tallyOf } from './vitest-run.ts'

const report = (more: object) => ({
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  success: true,
  testResults: [{ status: 'passed', assertionResults: [{}] }],
  ...more,
})

test('counts what passed and what failed', () => {
  expect(tallyOf(report({}), 0)).toEqual({ passed: 5, failed: 0 })
  expect(tallyOf(report({ numFailedTests: 2 }), 1)).toEqual({ passed: 5, failed: 2 })
})

test('counts a skipped test and a planned one as failed', () => {
  expect(tallyOf(report({ numPendingTests: 1, numTodoTests: 1 }), 0)).toEqual({ passed: 5, failed: 2 })
})

test('counts a file that cannot be loaded as one failed test', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]
  expect(tallyOf(report({ testResults }), 1)).toEqual({ passed: 5, failed: 1 })
})

test('an error outside every test, or no report at all, is a failure', () => {
  expect(tallyOf(report({}), 1)).toEqual({ passed: 5, failed: 1 })
  expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1 })
})
