import type { FleetFacts } from "../model/Fleet.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import * as guarantee01 from "./guarantee01.js"
import * as guarantee02 from "./guarantee02.js"
import * as guarantee03 from "./guarantee03.js"
import * as guarantee04 from "./guarantee04.js"
import * as guarantee05 from "./guarantee05.js"
import * as guarantee06 from "./guarantee06.js"
import * as guarantee07 from "./guarantee07.js"
import * as guarantee08 from "./guarantee08.js"
import * as guarantee09 from "./guarantee09.js"
import * as guarantee10 from "./guarantee10.js"
import * as guarantee11 from "./guarantee11.js"
import * as guarantee12 from "./guarantee12.js"
import * as guarantee13 from "./guarantee13.js"
import * as guarantee16 from "./guarantee16.js"
import { type Table, tableOf } from "./Rules.js"

/** For providers over no store, or over a store in memory. */
export const local: Table<LocalFacts> = tableOf<LocalFacts>([
  [1, guarantee01.local],
  [2, guarantee02.everywhere],
  [3, guarantee03.everywhere, guarantee03.local],
  [4, guarantee04.everywhere],
  [5, guarantee05.everywhere, guarantee05.local],
  [6, guarantee06.everywhere, guarantee06.local],
  [7, guarantee07.local],
  [8, guarantee08.local],
  [9, guarantee09.everywhere, guarantee09.local],
  [10, guarantee10.everywhere, guarantee10.local],
  [11, guarantee11.local],
  [12, guarantee12.everywhere, guarantee12.local],
  [13, guarantee13.everywhere],
  [16, guarantee16.everywhere]
])

/** For a fleet over a remote store. */
export const fleet: Table<FleetFacts> = tableOf<FleetFacts>([
  [1, guarantee01.fleet],
  [2, guarantee02.everywhere],
  [3, guarantee03.everywhere],
  [4, guarantee04.everywhere],
  [5, guarantee05.everywhere],
  [6, guarantee06.everywhere, guarantee06.fleet],
  [7, guarantee07.fleet],
  [9, guarantee09.everywhere, guarantee09.fleet],
  [10, guarantee10.everywhere],
  [12, guarantee12.everywhere],
  [13, guarantee13.everywhere]
])
