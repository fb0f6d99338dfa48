import { contracts } from '@skald/contracts'
import type { ServiceProcess } from '@skald/e2e'
import { orderTopology, takes } from '@skald/nats'
import { messagesHappen, type Provoke, requests, taskKinds } from './happenings.ts'
import { due, left, type Point, said, taken, writing } from './triggers.ts'

/** One moment of one service's work at which it dies. */
export interface Cell {
  readonly service: ServiceProcess
  /** What the service is at: taking or saying a message, a due task, a request. */
  readonly input: string
  readonly point: Point
  readonly provoke: Provoke
}

/** Of the services that are killed; those of examples have none here. */
const messages = contracts.list.filter(({ wire }) => !/^(command\.)?(trip|fraud)\./.test(wire))
const subjects = messages.map(({ wire }) => wire)
const topology = orderTopology()

const cellsOf = (service: ServiceProcess, input: string, points: readonly Point[], provoke: Provoke): readonly Cell[] =>
  points.map((point) => ({ service, input, point, provoke }))

const provokeOf = (subject: string, service: ServiceProcess): Provoke => {
  const provoke = messagesHappen[subject]
  if (!provoke) throw new Error(`say in crash-matrix/happenings.ts what makes ${subject} happen`)
  return (world) => provoke(world, service)
}

/** Every message that a durable of the service hands to it. */
const takenCells = (service: ServiceProcess): readonly Cell[] =>
  topology.durables
    .filter((durable) => durable.service === service)
    .flatMap(({ name, filter, leaves }) =>
      subjects
        .filter((subject) => takes(filter, subject))
        .flatMap((subject) => {
          const points = leaves.includes(subject) ? left(name, subject) : taken(name, subject)
          const input = `${name} takes ${subject}`
          return cellsOf(service, input, points, provokeOf(subject, service))
        }),
    )

/** Every message that the service says by itself: by its contract, and dead letters, which everybody reports. */
const saidCells = (service: ServiceProcess): readonly Cell[] =>
  messages
    .filter(({ role, wire }) => role.from === service || takes('dead-letter.>', wire))
    .flatMap(({ wire }) => cellsOf(service, `says ${wire}`, said(wire), provokeOf(wire, service)))

const taskCells = (service: ServiceProcess): readonly Cell[] =>
  taskKinds
    .filter(({ services }) => services.includes(service))
    .flatMap((task) => cellsOf(service, `task ${task.kind}`, due(task), (world) => task.provoke(world, service)))

const requestCells = (service: ServiceProcess): readonly Cell[] =>
  requests
    .filter((request) => request.service === service)
    .flatMap(({ name, writes, sql, provoke }) => cellsOf(service, `request ${name}`, writing(writes, sql), provoke))

/** The whole matrix of a service. */
export const allCells = (service: ServiceProcess): readonly Cell[] => [
  ...takenCells(service),
  ...saidCells(service),
  ...taskCells(service),
  ...requestCells(service),
]
