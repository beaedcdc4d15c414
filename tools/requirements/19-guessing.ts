import type { Group } from './requirement.ts'

export const guessing: Group = {
  heading: 'Attacks: enumeration and guessing',
  requirements: [
    {
      id: 'A-01',
      asks: 'Enumeration: learning from a log-in which addresses are known.',
      does: 'All refusals get one reply',
    },
    {
      id: 'A-02',
      asks: 'Learning it from registration, recovery, verification or a change of address.',
      does: 'The same bytes for known and unknown addresses',
    },
    { id: 'A-03', asks: 'Learning it from the time.', does: 'The same hashes and the same statements' },
    {
      id: 'A-04',
      asks: 'Guessing passwords.',
      does: 'A shield by network, then counters of account and network in D1: docs/reference/limits.md',
    },
    { id: 'A-04a', asks: 'Guessing by simultaneous requests.', does: 'A place is taken before anything is hashed' },
    {
      id: 'A-04b',
      asks: 'Guessing with forged network addresses.',
      does: 'Only `CF-Connecting-IP` counts; IPv6 is counted by /64 and /48',
    },
    {
      id: 'A-04c',
      asks: 'Bypassing guards and limits by another spelling of a path.',
      does: 'One table of paths, and everything else is 404: src/aliases.ts',
    },
    {
      id: 'A-04d',
      asks: 'Bypassing limits by another spelling of an address.',
      does: 'Counters use the canonical form',
    },
    {
      id: 'A-04e',
      asks: 'Password spraying: one password for many accounts from many networks.',
      does: 'A rate of failures over all accounts causes an event',
    },
    { id: 'A-05', asks: 'Locking somebody out by failures.', does: 'Known devices, sessions and recovery stay open' },
    {
      id: 'A-06',
      asks: 'Flooding a mailbox, or voiding links by requesting others.',
      does: 'A mail a minute, five an hour; beyond, nothing is sent and nothing ends',
    },
  ],
}
