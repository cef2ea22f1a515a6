import { code } from './first';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import './element';
import { i18n, language, setLanguage } from './i18n';
import { router } from './router';

setLanguage(language());
createApp(App, { linkCode: code }).use(createPinia()).use(i18n).use(router).mount('#app');
