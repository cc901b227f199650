// Style sheets are bundled as texts: the shadow root adopts them.
declare module '*.css' {
  const text: string;
  export default text;
}
