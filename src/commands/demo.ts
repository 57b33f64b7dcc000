export async function demo(_: object): Promise<number> { return 0 }
