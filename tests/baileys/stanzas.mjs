// What Baileys' events leave out: the stanza that a message came in, and the protobuf's own bytes, which may have
// fields that Baileys' definitions do not know.

import { DEFAULT_CONNECTION_CONFIG, unpadRandomMax16 } from 'baileys'

/** The largest binary content that is shown; the ciphertext is of no use to anybody. */
const SHOWN_BYTES = 1024

export class Stanzas {
  nodes = new Map()
  plaintexts = new WeakMap()

  /** A Signal repository as Baileys makes it, which remembers what each ciphertext was. */
  repository = (...args) => {
    const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(...args)
    const remember = (decrypt, ciphertext) => async request => {
      const plaintext = await decrypt(request)
      this.plaintexts.set(request[ciphertext], plaintext)
      return plaintext
    }
    repository.decryptMessage = remember(repository.decryptMessage.bind(repository), 'ciphertext')
    repository.decryptGroupMessage = remember(repository.decryptGroupMessage.bind(repository), 'msg')
    return repository
  }

  /** To be called before Baileys sees the stanza. */
  came(node) {
    this.nodes.set(node.attrs.id, node)
  }

  /** The stanza of a message, once, and the protobuf of each of its encryptions that opened. */
  of(id) {
    const node = this.nodes.get(id)
    if (!node) return {}
    this.nodes.delete(id)
    const children = Array.isArray(node.content) ? node.content : []
    const raw = children.filter(child => child.tag === 'enc' || child.tag === 'plaintext').map(child => {
      if (child.tag === 'plaintext') return child.content
      const padded = this.plaintexts.get(child.content)
      return padded ? unpadRandomMax16(padded) : null
    })
    return { stanza: shown(node), raw }
  }
}

/** A node as JSON; of long binary content only the length. */
export function shown(node) {
  const { tag, attrs, content } = node
  if (Array.isArray(content)) return { tag, attrs, content: content.map(shown) }
  if (!(content instanceof Uint8Array)) return { tag, attrs, content }
  const hidden = tag === 'enc' || content.length > SHOWN_BYTES
  return { tag, attrs, content: hidden ? { bytes: content.length } : { base64: Buffer.from(content).toString('base64') } }
}
