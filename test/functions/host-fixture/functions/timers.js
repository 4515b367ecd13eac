import { app } from '@azure/functions'

const handler = (timer, context) => context.log(`${context.functionName} ${JSON.stringify(timer)}`)

app.timer('every-second', { schedule: '* * * * * *', handler })
app.timer('once-a-year', { schedule: '%FIXTURE_SCHEDULE%', handler })
app.timer('on-startup', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler })
