import { Scope } from '@rtc/scope';
import { createApp } from 'vue';
import App from './App.vue';
import { cureErrors } from './errors';
import { ready } from './words';

const fail = cureErrors(new Scope());

void ready.then(() => {
    const app = createApp(App);
    app.config.errorHandler = fail;
    app.mount('#app');
});
