// Neon's own driver against a gateway: node client.mjs HOST:PORT CONNECTION_STRING NODE_MODULES
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const [address, connectionString, modules] = process.argv.slice(2)
const require = createRequire(`${modules}/`)
const { Client, Pool, neonConfig } = require('@neondatabase/serverless')

neonConfig.webSocketConstructor = require('ws')
neonConfig.wsProxy = `${address}/v2`
neonConfig.useSecureWebSocket = false

async function scenarios() {
  const pool = new Pool({ connectionString, max: 4 })
  const { rows } = await pool.query('select $1::int + 1 as next, $2::text as text', [41, 'ü'])
  assert.deepEqual(rows, [{ next: 42, text: 'ü' }])
  const many = await Promise.all(Array.from({ length: 40 }, (_, n) => pool.query('select $1::int as n', [n])))
  assert.deepEqual(many.map((answer) => answer.rows[0].n), Array.from({ length: 40 }, (_, n) => n))

  const client = await pool.connect()
  const batch = await client.query('create temp table t (n int); insert into t values (1), (2); select n from t order by n')
  assert.deepEqual(batch[2].rows, [{ n: 1 }, { n: 2 }])
  await client.query('begin')
  await client.query('insert into t values ($1)', [3])
  await client.query('rollback')
  assert.equal((await client.query('select count(*)::int as n from t')).rows[0].n, 2)
  await assert.rejects(client.query('select wrong'), { code: '42703' })
  const large = 'x'.repeat(5_000_000)
  assert.equal((await client.query('select $1::text as text', [large])).rows[0].text, large)
  client.release()
  await pool.end()

  const listener = new Client(connectionString)
  await listener.connect()
  const heard = new Promise((resolve) => listener.on('notification', (message) => resolve(message.payload)))
  await listener.query('listen neon_test')
  const sender = new Client(connectionString)
  await sender.connect()
  await sender.query("select pg_notify('neon_test', 'heard')")
  assert.equal(await heard, 'heard')
  const { rows: [{ pid }] } = await listener.query('select pg_backend_pid() as pid')
  // Waited for from the start: a rejection that nobody waits for ends the process.
  const cancelled = assert.rejects(listener.query('select pg_sleep(600)'), { code: '57014' })
  const sleeps = "select count(*)::int as n from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'"
  while ((await sender.query(sleeps, [pid])).rows[0].n === 0) { /* not yet there */ }
  await sender.query('select pg_cancel_backend($1)', [pid])
  await cancelled
  await sender.end()
  await listener.end()

  const stranger = new Client(connectionString.replace(/:[^:@/]+@/, ':wrong@'))
  stranger.on('error', () => {})
  // A client that sends its password unasked takes itself for connected until the first answer.
  await assert.rejects(stranger.connect().then(() => stranger.query('select 1')), { code: '28P01' })
}

// As the gateway prints it, and as the driver comes: sending the password before it is asked.
neonConfig.pipelineConnect = false
await scenarios()
neonConfig.pipelineConnect = 'password'
await scenarios()
console.log('every scenario passed')
process.exit(0)
