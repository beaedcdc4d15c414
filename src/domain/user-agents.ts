/**
 * Browsers and operating systems by the User-Agent header. The first match counts: browsers also name those they
 * descend from. The names are those of the package bowser (a test compares the two); other names are not shown.
 */
type Names = readonly (readonly [name: string | null, form: RegExp])[]

export const browsers: Names = [
  ['Opera', /opera|opr\/|opios/i],
  ['Samsung Internet for Android', /samsungbrowser/i],
  ['NAVER Whale Browser', /whale/i],
  ['Pale Moon', /palemoon/i],
  ['HeyTap Browser', /heytapbrowser/i],
  ['Vivo Browser', /vivobrowser/i],
  ['MZ Browser', /mzbrowser/i],
  ['Focus', /focus/i],
  ['Swing', /swing/i],
  ['Opera Coast', /coast/i],
  [null, /opt\/\d/i],
  ['Yandex Browser', /yabrowser/i],
  ['UC Browser', /ucbrowser/i],
  ['Maxthon', /maxthon|mxios/i],
  ['Epiphany', /epiphany/i],
  ['Puffin', /puffin/i],
  ['Sleipnir', /sleipnir/i],
  ['K-Meleon', /k-meleon/i],
  ['WeChat', /micromessenger/i],
  ['QQ Browser Lite', /qqbrowserlite/i],
  ['QQ Browser', /qqbrowser/i],
  ['Internet Explorer', /msie|trident/i],
  ['Microsoft Edge', /\sedg\/|edg([ea]|ios)\//i],
  ['Vivaldi', /vivaldi/i],
  ['SeaMonkey', /seamonkey/i],
  ['Sailfish', /sailfish/i],
  ['Amazon Silk', /silk/i],
  ['PhantomJS', /phantom/i],
  [null, /slimerjs/i],
  ['BlackBerry', /blackberry|\bbb\d|rim\stablet/i],
  ['WebOS Browser', /(web|hpw)[o0]s/i],
  ['Bada', /bada/i],
  ['Tizen', /tizen/i],
  ['QupZilla', /qupzilla/i],
  ['LibreWolf', /librewolf/i],
  ['Firefox', /firefox|iceweasel|fxios/i],
  ['Electron', /electron/i],
  ['Sogou Browser', /sogoumobilebrowser|metasr|se 2\.x/i],
  [null, /miuibrowser/i],
  ['DuckDuckGo', /\sddg\/[\d.]+$/i],
  ['Chromium', /chromium/i],
  ['Ladybird', /ladybird/i],
  ['Chrome', /chrome|crios|crmo/i],
  ['Google Search', /gsa/i],
  ['Android Browser', /^(?!.*like android).*android/i],
  [null, /playstation 4/i],
  ['Safari', /safari|applewebkit/i],
  ['Roku', /^roku\//i],
]

export const systems: Names = [
  ['Roku', /Roku\/DVP/],
  ['Windows Phone', /windows phone/i],
  ['Windows', /windows /i],
  // Firefox on an iPad that requests desktop pages.
  ['iOS', /Macintosh.* FxiOS.*\//],
  ['macOS', /macintosh/i],
  ['iOS', /ip(od|hone|ad)/i],
  ['HarmonyOS', /openharmony/i],
  ['Android', /^(?!.*like android).*android/i],
  ['WebOS', /(web|hpw)[o0]s/i],
  ['BlackBerry', /blackberry|\bbb\d|rim\stablet/i],
  ['Bada', /bada/i],
  ['Tizen', /tizen/i],
  ['Linux', /linux/i],
  ['Chrome OS', /CrOS/],
  ['PlayStation 4', /PlayStation 4/],
]

export const firstOf = (names: Names, userAgent: string): string | null =>
  names.find(([, form]) => form.test(userAgent))?.[0] ?? null
