import { describe, expect, it } from 'vitest'
import { readStorageSettings } from '../../lib/storage/storage-settings.ts'

const key = Buffer.from('a key').toString('base64')
const read = (env: Record<string, string>) => readStorageSettings(env)

describe('readStorageSettings', () => {
  it('takes a connection string as it is', () => {
    const connectionString = `DefaultEndpointsProtocol=https;AccountName=abc;AccountKey=${key};EndpointSuffix=core.windows.net`
    expect(read({ AzureWebJobsStorage: connectionString })).toEqual({
      ok: true,
      settings: { kind: 'connection-string', connectionString, insecure: false },
    })
  })

  it('takes one with a shared access signature', () => {
    const connectionString =
      'QueueEndpoint=https://abc.queue.core.windows.net/;TableEndpoint=https://abc.table.core.windows.net/;SharedAccessSignature=sv=1&sig=2'
    expect(read({ AzureWebJobsStorage: connectionString })).toMatchObject({ ok: true })
  })

  it('expands UseDevelopmentStorage=true', () => {
    const answer = read({ AzureWebJobsStorage: ' UseDevelopmentStorage=true; ' })
    expect(answer).toMatchObject({ ok: true, settings: { kind: 'connection-string', insecure: true } })
    const { connectionString } = (answer as { settings: { connectionString: string } }).settings
    expect(connectionString).toContain('QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1')
    expect(connectionString).toContain('TableEndpoint=http://127.0.0.1:10002/devstoreaccount1')
  })

  it('takes an identity by account name, or by the two addresses', () => {
    expect(
      read({ AzureWebJobsStorage__accountName: 'abc', AzureWebJobsStorage__credential: 'managedidentity' }),
    ).toEqual({
      ok: true,
      settings: {
        kind: 'identity',
        queueUri: 'https://abc.queue.core.windows.net',
        tableUri: 'https://abc.table.core.windows.net',
        credential: 'managedidentity',
        clientId: null,
      },
    })
    expect(
      read({
        AzureWebJobsStorage__queueServiceUri: 'https://abc.queue.core.usgovcloudapi.net',
        AzureWebJobsStorage__tableServiceUri: 'https://abc.table.core.usgovcloudapi.net',
        AzureWebJobsStorage__clientId: '0f8fad5b-d9cb-469f-a165-70867728950e',
      }),
    ).toEqual({
      ok: true,
      settings: {
        kind: 'identity',
        queueUri: 'https://abc.queue.core.usgovcloudapi.net',
        tableUri: 'https://abc.table.core.usgovcloudapi.net',
        credential: null,
        clientId: '0f8fad5b-d9cb-469f-a165-70867728950e',
      },
    })
  })

  it.each([
    [{}, ['AzureWebJobsStorage']],
    [{ AzureWebJobsStorage: '  ' }, ['AzureWebJobsStorage']],
    [{ AzureWebJobsStorage: 'secret' }, ['AzureWebJobsStorage']],
    [{ AzureWebJobsStorage: 'a=secret' }, ['AzureWebJobsStorage', 'AzureWebJobsStorage']],
    [{ AzureWebJobsStorage: 'AccountName=a;AccountKey=secret!' }, ['AzureWebJobsStorage']],
    [{ AzureWebJobsStorage: 'SharedAccessSignature=secret' }, ['AzureWebJobsStorage', 'AzureWebJobsStorage']],
    [{ AzureWebJobsStorage__queueServiceUri: 'https://a' }, ['AzureWebJobsStorage__tableServiceUri']],
    [{ AzureWebJobsStorage__tableServiceUri: 'https://a' }, ['AzureWebJobsStorage__queueServiceUri']],
    [{ AzureWebJobsStorage__credential: 'managedidentity' }, ['AzureWebJobsStorage']],
    [
      {
        AzureWebJobsStorage__accountName: 'secret Name',
        AzureWebJobsStorage__queueServiceUri: 'http://secret',
        AzureWebJobsStorage__credential: 'secret',
        AzureWebJobsStorage__clientId: 'secret',
      },
      ['accountName', 'queueServiceUri', 'credential', 'clientId'].map((part) => `AzureWebJobsStorage__${part}`),
    ],
  ])('tells every fault of %j with its setting, and no value', (env, settings) => {
    const answer = readStorageSettings(env)
    if (answer.ok) throw new Error('taken')
    expect(answer.faults.map(({ setting }) => setting)).toEqual(settings)
    expect(JSON.stringify(answer)).not.toContain('secret')
  })
})
