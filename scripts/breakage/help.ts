import { kindNames } from './faults/kind-names.ts'

export const HELP = `Usage: ./scripts/chaos [--minutes N] [--seed N] [--faults KIND,KIND] [...]

Starts a system of its own, in a temporary folder and on free ports, lets customers order from it, breaks it for so long,
waits until all is quiet, and says whether it held: every order that was accepted exists and ended as it may, and no other
does; every invariant holds (./scripts/verify); dead letters are exactly the hostile messages; no process died but by
this hand; all had ended within 60 s of the last fault. Progress goes to stderr. Needs Linux; as root it can do more.

  --minutes N        how long faults come, 0.1 to 1440 (2)
  --seed N           decides which faults come, when and for how long, and who orders what (random, and printed)
  --faults KIND,...  only these kinds (all): ${kindNames.slice(0, 6).join(', ')},
                     ${kindNames.slice(6, 12).join(', ')},
                     ${kindNames.slice(12).join(', ')}
  --rate R           orders a second, 1 to 1000 (60)
  --every S          seconds between two faults, on average, 0.2 to 600 (2)
  --coordinators N   processes of the coordinator, 1, 2 or 4 (1)
  --participants N   processes of each other service, 1 or 2 (1)
  --all-in-one       one process for all four services
  --json             the report on stdout instead of tables
  --report FILE      where the report is kept (.skald/chaos/<time>-<seed>.json)
  --help             this text

Ends with 0; with 1 when anything was violated, and says how to run the same again; with 2 when it could not run.`
