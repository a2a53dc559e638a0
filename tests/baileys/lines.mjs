// The protocol's outside: JSON lines. Standard output carries them and nothing else.
//
//   in   {"id": 7, "do": "send", ...}
//   out  {"id": 7, "ok": ...} or {"id": 7, "error": "..."}
//        {"event": "message", ...}

import { createInterface } from 'node:readline'

/** Writes one line. */
export function say(line) {
  process.stdout.write(JSON.stringify(plain(line)) + '\n')
}

/** Answers every line of standard input; `gone` runs when it ends, that is when whoever started us is gone. */
export function listen(answer, gone) {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', async line => {
    if (!line.trim()) return
    let request = {}
    try {
      request = JSON.parse(line)
      say({ id: request.id, ok: (await answer(unplain(request))) ?? null })
    } catch (error) {
      say({ id: request.id, error: String(error?.message ?? error) })
    }
  })
  lines.on('close', gone)
}

/** What JSON has no form for: bytes become base64, 64-bit numbers decimal text, protobufs what their toJSON says. */
export function plain(value) {
  if (value == null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Date) return value.getTime()
  if (value instanceof Error) return { error: value.message, status: value.output?.statusCode }
  if (Array.isArray(value)) return value.map(plain)
  if ('low' in value && 'high' in value && 'unsigned' in value) return value.toString()
  if (typeof value.constructor?.toObject === 'function') return value.toJSON()
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

/** `{"base64": "..."}` anywhere in a request stands for bytes. */
export function unplain(value) {
  if (value == null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(unplain)
  const keys = Object.keys(value)
  if (keys.length === 1 && keys[0] === 'base64') return Buffer.from(value.base64, 'base64')
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unplain(inner)]))
}
