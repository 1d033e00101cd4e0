/** The value of an option that must be a whole number. */
export const whole = (option: string, text: string, least = 0): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < least) {
    throw new Error(`--${option} must be a whole number, ${least} or more`)
  }
  return number
}
