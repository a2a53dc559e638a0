// One process, one linked device, told what to do by JSON lines: see README.md.

import './loopback.mjs'

import { parseArgs } from 'node:util'

import { authState } from './auth.mjs'
import { commands } from './commands.mjs'
import { Device } from './device.mjs'
import { listen, say } from './lines.mjs'
import { makeLogger, muteConsole } from './logger.mjs'
import { isLoopback, routeMedia } from './loopback.mjs'

const { values: options } = parseArgs({
  options: {
    ws: { type: 'string' },
    media: { type: 'string' },
    // Auth state is kept here; in memory when absent.
    state: { type: 'string' },
    // trace, debug, info, warn, error; to standard error.
    log: { type: 'string', default: 'silent' },
    // Says `available` when it connects, as an open app does; else its receipts stay `inactive`.
    offline: { type: 'boolean', default: false },
  },
})
for (const name of ['ws', 'media']) {
  if (!options[name]) throw new Error(`--${name} URL is missing`)
  if (!isLoopback(new URL(options[name]).hostname)) throw new Error(`--${name} ${options[name]} is not on this machine`)
}
routeMedia(options.media)

const logger = makeLogger(options.log)
muteConsole(options.log)
const auth = await authState(options.state)
const device = new Device({ options: { ...options, online: !options.offline }, auth, logger })

const end = async () => {
  await device.disconnect().catch(() => {})
  process.exit(0)
}
listen(async request => {
  if (request.do === 'close') return void setImmediate(end)
  const command = Object.hasOwn(commands, request.do) ? commands[request.do] : undefined
  if (!command) throw new Error(`there is nothing like ${request.do}`)
  return command(device, request)
}, end)
process.on('SIGTERM', end)
process.on('unhandledRejection', error => logger.error({ error }, 'unhandled rejection'))
say({ event: 'started', node: process.version, pid: process.pid })
device.connect()
