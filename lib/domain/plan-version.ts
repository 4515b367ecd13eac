/** Raise it when the same directory user and configuration give another account than before: every user is then looked at again. */
export const planVersion = 2
