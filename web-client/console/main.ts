import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import './element';
import { i18n, language, setLanguage } from './i18n';
import { router } from './router';
import { takeLinkCode } from './logic/link';

/* Before the router reads the fragment: a one-time code is no place to go to, and is not to stay in the address bar. */
const code = takeLinkCode(location, history);

setLanguage(language());
createApp(App, { linkCode: code }).use(createPinia()).use(i18n).use(router).mount('#app');
