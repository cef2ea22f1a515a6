import { createApp } from 'vue';
import App from './App.vue';
import { ready } from './words';

void ready.then(() => createApp(App).mount('#app'));
