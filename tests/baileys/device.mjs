// One linked device: the socket, made again when the connection ends, and what it tells.

import { DisconnectReason, getContentType, jidNormalizedUser, makeWASocket, normalizeMessageContent, proto } from 'baileys'

import { say } from './lines.mjs'
import { MediaAgent } from './loopback.mjs'
import { shown, Stanzas } from './stanzas.mjs'
import { namesOf, Store } from './store.mjs'

/** Named, so that Baileys does not ask the web for the newest. */
const VERSION = [2, 3000, 0]
/** The pause before a connection that broke is made again. */
const PAUSE_MS = 200
/** Baileys' events that are told as they are, an array's entries one by one. */
const TOLD = [
  'messages.update', 'messages.delete', 'messages.reaction', 'message-receipt.update', 'messages.media-update',
  'groups.upsert', 'groups.update', 'group-participants.update', 'group.join-request', 'group.member-tag.update',
  'presence.update', 'chats.update', 'chats.delete', 'contacts.update', 'blocklist.update', 'call',
  'newsletter.reaction', 'newsletter.view', 'newsletter-participants.update', 'newsletter-settings.update',
  'lid-mapping.update', 'messaging-history.set',
]

export class Device {
  store = new Store()
  begun = Date.now()

  constructor({ options, auth, logger }) {
    Object.assign(this, { options, auth, logger })
    this.wanted = true
  }

  /** Opens a connection with the state that we have: to pair, or to log in. */
  connect() {
    this.wanted = true
    const stanzas = new Stanzas()
    const sock = makeWASocket({
      auth: this.auth.state,
      logger: this.logger,
      version: VERSION,
      waWebSocketUrl: this.options.ws,
      fetchAgent: new MediaAgent(this.options.media),
      makeSignalRepository: stanzas.repository,
      markOnlineOnConnect: this.options.online,
      getMessage: async key => this.store.messages.get(key.id)?.message ?? undefined,
      // The sandbox has no history. Baileys would wait for one for 20 s, were it to take this kind.
      shouldSyncHistoryMessage: ({ syncType }) => syncType !== proto.HistorySync.HistorySyncType.RECENT,
      syncFullHistory: false,
    })
    this.sock = sock
    sock.ws.prependListener('CB:message', node => stanzas.came(node))
    sock.ws.on('CB:ack,class:message', ({ attrs }) => say({ event: 'ack', message: attrs.id, error: attrs.error, attrs }))
    sock.ws.on('CB:receipt', node => say({ event: 'receipt', message: node.attrs.id, stanza: shown(node) }))
    sock.ev.on('creds.update', () => this.auth.saveCreds())
    sock.ev.on('connection.update', update => this.#connection(sock, update))
    sock.ev.on('messages.upsert', upsert => this.#upsert(upsert, stanzas))
    for (const event of TOLD) {
      sock.ev.on(event, data => {
        for (const one of Array.isArray(data) ? data : [data]) say({ event, data: one })
      })
    }
  }

  /** Ends the connection; `connect` makes a new one. */
  async disconnect() {
    this.wanted = false
    await this.sock.end(undefined)
  }

  async logout() {
    this.wanted = false
    await this.sock.logout()
  }

  get me() {
    const { id, lid } = this.auth.state.creds.me
    return { id: jidNormalizedUser(id), lid: jidNormalizedUser(lid) }
  }

  #connection(sock, { connection, qr, lastDisconnect }) {
    if (qr) say({ event: 'qr', code: qr })
    if (connection === 'open') {
      const { id: device, name } = this.auth.state.creds.me
      const { id: jid, lid } = this.me
      say({ event: 'open', jid, lid, device, name, after_ms: Date.now() - this.begun })
    }
    if (connection !== 'close' || sock !== this.sock) return
    const status = lastDisconnect?.error?.output?.statusCode ?? null
    const again = this.wanted && status !== DisconnectReason.loggedOut
    say({ event: 'close', status, reason: lastDisconnect?.error?.message, again })
    if (!again) return
    // After pairing the server asks for a new connection: that one at once.
    setTimeout(() => this.wanted && this.connect(), status === DisconnectReason.restartRequired ? 0 : PAUSE_MS)
  }

  #upsert({ messages, type }, stanzas) {
    for (const message of messages) {
      this.store.keep(message)
      say(this.described(message, { type, ...stanzas.of(message.key.id) }))
      if (message.message?.pollUpdateMessage) {
        const names = key => namesOf(key, this.me, this.sock.signalRepository.lidMapping)
        const told = vote => say({ event: 'vote', message: message.key.id, from: message.key, ...vote })
        this.store.vote(message, names).then(told, error => told({ error: error.message }))
      }
    }
  }

  /** A message as the protocol shows it. */
  described(message, more) {
    return {
      event: 'message',
      id: message.key.id,
      key: message.key,
      kind: getContentType(normalizeMessageContent(message.message)) ?? null,
      message: message.message ?? null,
      pushName: message.pushName,
      timestamp: Number(message.messageTimestamp),
      status: message.status,
      // A message that did not open: what Baileys says of it.
      stub: message.messageStubType ? { type: message.messageStubType, parameters: message.messageStubParameters } : null,
      ...more,
    }
  }
}
