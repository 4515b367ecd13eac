const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What is no GUID can't be any object's id, and would spoil a request for its neighbours. */
export const isObjectId = (text: string): boolean => guid.test(text)
