// Nothing leaves this machine: every connection that this process opens must go to a loopback address. Imported before
// anything else, so that no library has kept the originals.

import dgram from 'node:dgram'
import dns from 'node:dns'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

const LOOPBACK = new Set(['127.0.0.1', '::1', '[::1]', 'localhost'])
/** WhatsApp's own media hosts, which Baileys names when a message has no URL: the sandbox has what they would. */
const MEDIA_HOSTS = /\.whatsapp\.net$/

export const isLoopback = host => LOOPBACK.has(host)

const refusal = what => new Error(`${what} is not on this machine: refused`)

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  // net.connect passes on its arguments in an array that it has already put in order.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args
  const { host, path } = typeof first === 'object' ? first : { host: second }
  if (path != null) throw refusal(`the socket ${path}`)
  if (!isLoopback(host ?? 'localhost')) throw refusal(host)
  return connect.apply(this, args)
}
// Every way to ask for a name: by callback, by promise, by a resolver of one's own.
for (const asks of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const method of Object.getOwnPropertyNames(asks).concat(Object.getOwnPropertyNames(Object.getPrototypeOf(asks)))) {
    if (!/^(lookup|resolve|reverse)/.test(method)) continue
    const ask = asks[method]
    asks[method] = function (host, ...rest) {
      if (isLoopback(host)) return ask.call(this, host, ...rest)
      throw refusal(host)
    }
  }
}
dgram.createSocket = () => {
  throw refusal('a datagram socket')
}
syncBuiltinESMExports()

/** Lets `fetch` find media at `base`, whatever the scheme; every other address is refused. */
export function routeMedia(base) {
  const media = new URL(base)
  const plain = globalThis.fetch
  globalThis.fetch = async (resource, init) => {
    const url = new URL(resource)
    if (url.host !== media.host && !MEDIA_HOSTS.test(url.hostname)) throw refusal(url.host)
    return plain(new URL(url.pathname + url.search, media), init)
  }
}

/** Uploads go by `https`: this agent gives it a plain connection to the sandbox's media port. */
export class MediaAgent extends https.Agent {
  constructor(base) {
    super({ keepAlive: false })
    this.media = new URL(base)
  }

  createConnection() {
    return net.connect({ host: this.media.hostname, port: Number(this.media.port), noDelay: true })
  }
}
