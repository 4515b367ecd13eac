import { describe, expect, test } from 'vitest'
import { pairedRatio, spreadOf } from '../../bench/statistics.ts'

describe('spreadOf', () => {
  test('an odd number of figures has one in the middle, whatever their order', () => {
    expect(spreadOf([30, 9, 100])).toEqual({ median: 30, min: 9, max: 100 })
  })

  test('an even number has the mean of the two in the middle', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 })
  })

  test('one figure is all three', () => {
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 })
  })

  test('the figures stay as they are', () => {
    const figures = [3, 1, 2]
    spreadOf(figures)
    expect(figures).toEqual([3, 1, 2])
  })

  test('no figures are refused', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})

describe('pairedRatio', () => {
  test('is the median of the ratios, not the ratio of the medians', () => {
    // The medians are 20 and 10; the rounds say 4, 2, 5.
    expect(pairedRatio([40, 20, 10], [10, 10, 2])).toBe(4)
  })

  test('a round in which everything was slow counts like any other', () => {
    expect(pairedRatio([300, 30, 300], [100, 10, 100])).toBe(3)
  })

  test('nothing beside nothing is 1, nothing beside something 0', () => {
    expect(pairedRatio([0], [0])).toBe(1)
    expect(pairedRatio([0], [2000])).toBe(0)
  })

  test('rounds that one side has not run are refused', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow(RangeError)
  })
})
