// The screens behind the first press: one file that is fetched while somebody still reads the first screen.
export { default as Check } from './screens/Check.vue';
export { default as Live } from './screens/Live.vue';
export { default as Waiting } from './screens/Waiting.vue';
