// Without the theme's web fonts: the system's are there at once.
import DefaultTheme from 'vitepress/theme-without-fonts';
import './custom.css';

export default DefaultTheme;
