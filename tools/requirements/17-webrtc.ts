import type { Chapter } from './requirement.ts'

export const webrtc: Chapter = {
  chapter: 17,
  heading: 'V17 WebRTC',
  levels: { 1: 0, 2: 7 },
  requirements: [],
  absent: [{ why: 'there is no WebRTC', ids: ['17.1.1', '17.2.1', '17.2.2', '17.2.3', '17.2.4', '17.3.1', '17.3.2'] }],
}
