// Answers by @cloud-copilot/iam-simulate, through its public calls alone: node iam_simulate.mjs PACKAGE CALL CASES PLAN
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const [, , folder, call, file, planned] = process.argv
const library = createRequire(`${folder}/index.js`)('@cloud-copilot/iam-simulate')
const cases = JSON.parse(readFileSync(file, 'utf8'))
const plan = JSON.parse(planned)
const identityPolicies = [{ name: 'policy', policy: cases.policy }]

function simulation(row) {
  return {
    request: {
      principal: row.principal,
      action: row.action,
      resource: { resource: row.resource, accountId: cases.account },
      contextVariables: row.context
    },
    identityPolicies,
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }
}

const asked = {
  async validated(rows, take) {
    for (const row of rows) {
      const answer = await library.runSimulation(simulation(row), {})
      take(answer.resultType === 'error' ? `error: ${answer.errors.message}` : answer.overallResult)
    }
  },
  async unsafe(rows, take) {
    for (const row of rows) take(library.runUnsafeSimulation(simulation(row), {}))
  }
}[call]

const outcomes = []
await asked(cases.requests.slice(0, plan.checked), (outcome) => outcomes.push(outcome))
const passes = []
for (let number = 0, at = plan.checked; number < plan.passes; number++, at += plan.requests) {
  const rows = cases.requests.slice(at, at + plan.requests)
  const before = process.cpuUsage()
  await asked(rows, () => {})
  const { user, system } = process.cpuUsage(before)
  passes.push({ count: rows.length, cpu: (user + system) / 1e6 })
}
console.log(JSON.stringify({ outcomes, passes: { [call]: passes } }))
