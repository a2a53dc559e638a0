// Every message this device has seen, by id: what Baileys asks for when it must send again, and what a request means
// when it names a message.

import { getAggregateVotesInPollMessage, jidNormalizedUser } from 'baileys'

import { decryptVote, pollIn, secretOf } from './polls.mjs'

export class Store {
  messages = new Map()
  /** By poll: by voter, the newest vote. */
  votes = new Map()

  keep(message) {
    // A stub (not decrypted) or a later copy of our own message must not hide what we have.
    const known = this.messages.get(message.key.id)
    if (message.message && !(known?.key.fromMe && message.key.fromMe)) this.messages.set(message.key.id, message)
  }

  get(id) {
    const message = this.messages.get(id)
    if (!message) throw new Error(`there is no message ${id}`)
    return message
  }

  /** A message's id, or its key as it is. */
  key(idOrKey) {
    return typeof idOrKey === 'string' ? this.get(idOrKey).key : idOrKey
  }

  /** Opens the vote in `update`, a message; gives the poll's state after it. */
  async vote(update, namesOf) {
    const { pollCreationMessageKey, vote } = update.message.pollUpdateMessage
    const pollId = pollCreationMessageKey.id
    const made = this.messages.get(pollId)
    const poll = pollIn(made?.message)
    if (!poll) return { poll: pollId, error: 'unknown poll' }
    const secret = secretOf(made.message)
    if (!secret) return { poll: pollId, error: 'the poll has no secret' }
    const [creators, voters] = await Promise.all([namesOf(made.key), namesOf(update.key)])
    const opened = decryptVote(vote, { pollId, secret, poll, creators, voters })
    if (!opened) return { poll: pollId, error: 'the vote does not open', creators, voters }
    const { selected, selectedOptions, creator, voter } = opened
    const newest = this.votes.get(pollId) ?? this.votes.set(pollId, new Map()).get(pollId)
    newest.set(voters[0], { pollUpdateMessageKey: update.key, vote: { selectedOptions } })
    return { poll: pollId, selected, creator, voter, votes: this.votesOn(pollId) }
  }

  /** `[{"name", "voters"}]`, as Baileys counts them. */
  votesOn(pollId, me) {
    const pollCreationMessage = pollIn(this.get(pollId).message)
    const pollUpdates = [...(this.votes.get(pollId)?.values() ?? [])]
    return getAggregateVotesInPollMessage({ message: { pollCreationMessage }, pollUpdates }, me)
  }
}

/** Whose message it is, under every name we know of them; the one in the key first. */
export async function namesOf(key, me, lids) {
  // Keys of our own messages do not tell: groups know us by our LID, chats by what they are addressed with.
  const lid = key.addressingMode ? key.addressingMode === 'lid' : /@(lid|g\.us)$/.test(key.remoteJid)
  const own = lid ? [me.lid, me.id] : [me.id, me.lid]
  const given = key.fromMe ? own : [key.participant || key.remoteJid, key.participantAlt || key.remoteJidAlt]
  const names = given.filter(Boolean).map(jidNormalizedUser)
  for (const name of [...names]) {
    names.push(name.endsWith('@lid') ? await lids.getPNForLID(name) : await lids.getLIDForPN(name))
  }
  return [...new Set(names.filter(Boolean).map(jidNormalizedUser))]
}
