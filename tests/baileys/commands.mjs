// What a device can be told to do: {"id": 1, "do": NAME, ...}.

import { createHash } from 'node:crypto'

import {
  downloadMediaMessage, generateMessageIDV2, isJidGroup, jidNormalizedUser, normalizeMessageContent, proto,
} from 'baileys'

import { encryptVote, pollIn, secretOf } from './polls.mjs'
import { namesOf } from './store.mjs'

/** The fields of a content that name a message, which may be given by its id alone. */
const NAMES_A_MESSAGE = ['edit', 'delete', 'pin', 'forward']

export const commands = {
  /** Baileys' sendMessage: `jid`, `content` (its AnyMessageContent), `options` {quoted, messageId, ...}. */
  async send(device, { jid, content, options = {} }) {
    const { store, sock } = device
    const filled = { ...content }
    for (const field of NAMES_A_MESSAGE) {
      if (filled[field]) filled[field] = field === 'forward' ? store.get(filled[field]) : store.key(filled[field])
    }
    if (filled.react) filled.react = { ...filled.react, key: store.key(filled.react.key) }
    const quoted = options.quoted && store.get(options.quoted)
    return sent(device, await sock.sendMessage(jid, filled, { ...options, quoted }))
  },

  /** A protobuf `message` as JSON (bytes as base64), as it is. `options`: messageId, additionalNodes, ... */
  async relay(device, { jid, message, options = {} }) {
    return relayed(device, jid, proto.Message.fromObject(message), options)
  },

  /** Votes on the poll `poll` for `options`, by their texts; none takes the vote back. */
  async vote(device, { poll: pollId, options, as }) {
    const { store, sock, me } = device
    const made = store.get(pollId)
    const poll = pollIn(made.message)
    if (!poll) throw new Error(`${pollId} is no poll`)
    const unknown = options.find(option => !poll.options.some(o => o.optionName === option))
    if (unknown !== undefined) throw new Error(`the poll has no option ${unknown}`)
    const creators = await namesOf(made.key, me, sock.signalRepository.lidMapping)
    const lid = as ? as === 'lid' : creators[0].endsWith('@lid')
    const creator = creators.find(name => name.endsWith('@lid') === lid)
    if (!creator) throw new Error(`no such name of the poll's author is known: ${creators}`)
    const voter = lid ? me.lid : me.id
    const vote = encryptVote(options, { pollId, secret: secretOf(made.message), creator, voter })
    const { remoteJid, fromMe, id } = made.key
    const participant = isJidGroup(remoteJid) ? creator : undefined
    const pollCreationMessageKey = { remoteJid, fromMe, id, participant }
    const message = { pollUpdateMessage: { pollCreationMessageKey, vote, senderTimestampMs: Date.now() } }
    const additionalNodes = [{ tag: 'meta', attrs: { polltype: 'vote' } }]
    return relayed(device, remoteJid, proto.Message.fromObject(message), { additionalNodes })
  },

  /** The count of a poll: `[{"name", "voters"}]`. */
  votes: ({ store, me }, { poll }) => store.votesOn(poll, me.id),

  /** The decrypted media of a message, also of one that has it in a header. */
  async download({ store, logger, sock }, { message: id }) {
    const message = store.get(id)
    const content = normalizeMessageContent(message.message)
    // Baileys looks for it at the top.
    const header = content.interactiveMessage?.header ?? content.buttonsMessage ?? template(content)
    const media = ['imageMessage', 'videoMessage', 'documentMessage'].find(field => header?.[field])
    const plain = media ? { ...message, message: { [media]: header[media] } } : message
    const context = { logger, reuploadRequest: sock.updateMediaMessage }
    const bytes = await downloadMediaMessage(plain, 'buffer', {}, context)
    return { base64: bytes.toString('base64'), length: bytes.length, sha256: sha256(bytes) }
  },

  /** Read receipts, by `messages` (ids) or `keys`. */
  read: ({ store, sock }, { messages = [], keys = [] }) =>
    sock.readMessages([...messages.map(id => store.get(id).key), ...keys]),

  /** A receipt of another kind: `played`, say. */
  receipt({ store, sock }, { message, type }) {
    const { remoteJid, participant, id } = store.get(message).key
    return sock.sendReceipt(remoteJid, participant, [id], type)
  },

  /** `available`, `unavailable`; in a chat `composing`, `recording`, `paused`. */
  presence: ({ sock }, { state, jid }) => sock.sendPresenceUpdate(state, jid),
  subscribe: ({ sock }, { jid }) => sock.presenceSubscribe(jid),

  group: ({ sock }, { subject, participants }) => sock.groupCreate(subject, participants),
  group_metadata: ({ sock }, { jid }) => sock.groupMetadata(jid),
  on_whatsapp: ({ sock }, { phones }) => sock.onWhatsApp(...phones),

  /** Any other method of Baileys' socket. */
  call({ sock }, { method, args = [] }) {
    if (typeof sock[method] !== 'function') throw new Error(`Baileys' socket has no method ${method}`)
    return sock[method](...args)
  },

  /** Between a protobuf message's JSON and its bytes, both ways. */
  encode: (_, { message }) => Buffer.from(proto.Message.encode(proto.Message.fromObject(message)).finish()),
  decode: (_, { bytes }) => proto.Message.decode(bytes),

  /** A message that this device has seen. */
  message: (device, { message }) => device.described(device.store.get(message)),

  disconnect: device => device.disconnect(),
  connect: device => device.connect(),
  logout: device => device.logout(),
  memory: () => process.memoryUsage(),
}

/** Relays as a message of ours, which it becomes for quotes, edits and retries. */
async function relayed(device, jid, message, options) {
  const id = options.messageId ?? generateMessageIDV2(device.sock.user.id)
  await device.sock.relayMessage(jid, message, { ...options, messageId: id })
  const messageTimestamp = Math.floor(Date.now() / 1000)
  return sent(device, { key: { remoteJid: jidNormalizedUser(jid), fromMe: true, id }, message, messageTimestamp })
}

function sent({ store }, message) {
  store.keep(message)
  return { id: message.key.id, key: message.key, message: message.message, timestamp: Number(message.messageTimestamp) }
}

function template({ templateMessage }) {
  return templateMessage?.hydratedTemplate ?? templateMessage?.hydratedFourRowTemplate
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
