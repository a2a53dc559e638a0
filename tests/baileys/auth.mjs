// What Baileys keeps of a linked device: in a folder, or in memory for as long as the process lives.

import { initAuthCreds, useMultiFileAuthState } from 'baileys'

export async function authState(folder) {
  return folder ? useMultiFileAuthState(folder) : inMemory()
}

function inMemory() {
  const kept = new Map()
  const of = type => kept.get(type) ?? kept.set(type, new Map()).get(type)
  const keys = {
    get: async (type, ids) => Object.fromEntries(ids.map(id => [id, of(type).get(id)]).filter(([, it]) => it)),
    set: async data => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, it] of Object.entries(entries)) {
          if (it == null) of(type).delete(id)
          else of(type).set(id, it)
        }
      }
    },
  }
  return { state: { creds: initAuthCreds(), keys }, saveCreds: async () => {} }
}
