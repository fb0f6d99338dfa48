export const HELP = `Usage: ./scripts/bench [--scenario loop] [--form four|one|both] [--in-flight LIST] [--rates LIST] [...]
       ./scripts/bench --scenario post|backlog|coordinators|soak|open-sagas|restarts|releases [...]
       ./scripts/bench --running [...]

Starts a system of its own, in a temporary folder and on free ports, measures it from outside, and removes it. The load
generator runs on the same machine; what it uses is told apart. Refuses servers that do not keep what they acknowledge.
Progress goes to stderr. Needs Linux, for /proc.

  --scenario S       loop (the default), or one of those below
  --running          measure the system that runs already (./scripts/dev) and that SKALD_HOME, NATS_URL, DATABASE_URL and
                     the ports lead to; loop only
  --seconds S        measured time of a run, 1 to 3600 (20)
  --warm-up S        time before that, 0 to 600 (10)
  --seed N           of arrivals and of the floors' payments (1)
  --json             one JSON document on stdout instead of tables
  --out FOLDER       writes bench.json into the folder, and latency.svg (latency against load) after a loop
  --help             this text

loop: sagas from POST to their end, of both outcomes; before and after, on the same servers, the floors: the same effects
in five and in seven plain transactions, without orchestration.
  --form F           four: a process a service, one: all services in one process, both: one after the other (both)
  --in-flight LIST   closed loops, so many orders in flight, each that ends followed by the next; or none (1,64,256,1024)
  --rates LIST       so many orders a second, by chance, timed from the moment each was due; or none (100,500)
  --no-floors        without the floors

post: POST /orders alone on 64 connections, with the coordinator and the participants stopped; before and after, a bare
server that inserts a row.

backlog: orders pile up while the coordinator is stopped; then it starts, and 200 orders/s go on coming.
  --orders N         how many pile up, 1 to 1000000 (50000)
  --rate R           how fast, orders/s (200)

coordinators: two coordinators on the same streams and database, beside one before and after; then every invariant.
  --in-flight N      orders in flight (1024)

soak: what a saga costs at saturation after many have ended, against the first tenth of them; 15 % more are allowed.
  --orders N         how many (300000)
  --in-flight N      orders in flight (1024)

open-sagas: so many sagas wait, each for a timer of its own; how soon the coordinator is ready after a kill, how long GET
takes, how late timers fire. The participants are frozen while they do.
  --orders N         how many (1000000)
  --rate R           how many timers a second are due, for --seconds (1000)

restarts: every service is stopped and started anew, one after the other, three times, while orders come; clients repeat what
is not answered under its Idempotency-Key. No order may fail, none may be undone.
  --rate R           orders/s (500)

releases: a second process of every service from a checkout of another release, on the same streams and databases, while
orders come. No order may fail, none may be undone, and all of them must have taken part.
  --other FOLDER     the checkout; ./scripts/dev or ./scripts/test has run there
  --rate R           orders/s (50)

Services are stopped with SIGTERM and kept stopped by freezing ./scripts/dev, which would start them again.

Ends with 0; with 1 when a promise of a scenario was broken, which it names; with 2 when nothing could be measured.`
