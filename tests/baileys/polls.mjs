// Votes on polls. Baileys can decrypt one when it is told who made the poll and who votes; it has nothing to make one.
//
// Both names go into the key, and each may be a phone number or a LID: a vote is tried under every combination, and
// the one that opened it is told.

import { randomBytes } from 'node:crypto'

import { aesEncryptGCM, decryptPollVote, hmacSign, normalizeMessageContent, proto, sha256 } from 'baileys'

/** The poll in a message, whichever version it has. */
export function pollIn(message) {
  const content = normalizeMessageContent(message)
  const field = Object.keys(content ?? {}).find(name => /^pollCreationMessage(V\d+)?$/.test(name) && content[name])
  // From the fourth version on it comes wrapped.
  return field && (content[field].message ? pollIn(content[field].message) : content[field])
}

/** The key that votes on the poll in `message` are made with. */
export const secretOf = message =>
  message?.messageContextInfo?.messageSecret ?? normalizeMessageContent(message)?.messageContextInfo?.messageSecret

const hash = option => sha256(Buffer.from(option))

/** The `PollEncValue` of a vote for `options`. */
export function encryptVote(options, { pollId, secret, creator, voter }) {
  const selectedOptions = options.map(hash)
  const vote = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish()
  const use = Buffer.concat([Buffer.from(`${pollId}${creator}${voter}Poll Vote`), Buffer.from([1])])
  const key = hmacSign(use, hmacSign(secret, new Uint8Array(32)))
  const encIv = randomBytes(12)
  return { encPayload: aesEncryptGCM(vote, key, encIv, Buffer.from(`${pollId}\0${voter}`)), encIv }
}

/** Opens a vote; gives the options' texts and the two names that opened it, or nothing. */
export function decryptVote(vote, { pollId, secret, poll, creators, voters }) {
  for (const creator of creators) {
    for (const voter of voters) {
      const names = { pollMsgId: pollId, pollEncKey: secret, pollCreatorJid: creator, voterJid: voter }
      try {
        const { selectedOptions } = decryptPollVote(vote, names)
        const text = chosen => poll.options.find(o => hash(o.optionName).equals(Buffer.from(chosen)))?.optionName
        return { selected: selectedOptions.map(chosen => text(chosen) ?? null), selectedOptions, creator, voter }
      } catch {
        // Not these two.
      }
    }
  }
}
