/** Addresses are fragments: the gateway serves one page, at / and at /console. */
import { createRouter, createWebHashHistory } from 'vue-router';
import Today from './pages/Today.vue';

export type Face = 'officer' | 'administrator';

declare module 'vue-router' {
    interface RouteMeta {
        /** Who may be here; the gateway refuses others anyway. */
        face?: Face;
        title?: string;
    }
}

export const router = createRouter({
    history: createWebHashHistory(location.pathname),
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
    routes: [
        { path: '/', name: 'home', redirect: '/visits' },
        { path: '/visits', name: 'visits', component: Today, meta: { face: 'officer', title: 'common.nav.today' } },
        {
            path: '/visits/:id',
            name: 'visit',
            component: () => import('./pages/VisitPage.vue'),
            props: true,
            meta: { face: 'officer', title: 'common.nav.today' },
        },
        {
            path: '/wall',
            name: 'wall',
            component: () => import('./pages/WallPage.vue'),
            meta: { face: 'officer', title: 'common.nav.wall' },
        },
        {
            path: '/archive',
            name: 'archive',
            component: () => import('./pages/ArchivePage.vue'),
            meta: { face: 'officer', title: 'common.nav.archive' },
        },
        {
            path: '/archive/:session',
            name: 'recording',
            component: () => import('./pages/RecordingPage.vue'),
            props: true,
            meta: { face: 'officer', title: 'common.nav.archive' },
        },
        {
            path: '/people',
            name: 'people',
            component: () => import('./pages/PeoplePage.vue'),
            meta: { face: 'administrator', title: 'common.nav.people' },
        },
        {
            path: '/terminals',
            name: 'terminals',
            component: () => import('./pages/TerminalsPage.vue'),
            meta: { face: 'administrator', title: 'common.nav.terminals' },
        },
        {
            path: '/units',
            name: 'units',
            component: () => import('./pages/UnitsPage.vue'),
            meta: { face: 'administrator', title: 'common.nav.units' },
        },
        {
            path: '/audit',
            name: 'audit',
            component: () => import('./pages/AuditPage.vue'),
            meta: { face: 'administrator', title: 'common.nav.audit' },
        },
        { path: '/:rest(.*)*', name: 'not-found', component: () => import('./pages/NotFoundPage.vue') },
    ],
});
